from homeport import Stack


def build():
    return Stack("shop")
