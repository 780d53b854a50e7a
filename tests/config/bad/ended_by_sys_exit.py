import sys

from homeport import Stack

stack = Stack("shop")
sys.exit("nothing to do")
