"""Write numbered lines: ``number_lines.py FOLDER NAME PAUSE``. FOLDER/NAME holds the last number that was written whole."""

import os
import sys
import time

folder, name, pause = sys.argv[1:]
place = os.path.join(folder, name)
number = 0
while True:
    number += 1
    os.write(1, f"line {number} {'x' * 500}\n".encode())
    with open(place + ".new", "w") as file:
        file.write(str(number))
    os.replace(place + ".new", place)
    time.sleep(float(pause))
