"""Whether the counters have the values that clients were told."""


def complaints(report, values):
    """What is wrong with the values of the counters, and with what a client reports:

    {"counters": {key: {"acknowledged": …, "unknown": …}}, "complaints": [sentence, …]}

    An increment that was acknowledged is in the value. One whose outcome is unknown is in it at most once. No
    other is.
    """
    found = list(report["complaints"])
    for key, counter in report["counters"].items():
        low = counter["acknowledged"]
        high = low + counter["unknown"]
        value = values[key]
        if value < low:
            found.append(f"{key}: {low} increments were acknowledged, {low - value} of them are lost")
        if value > high:
            found.append(f"{key} is {value}, and {high} at most were asked for: some are doubled")
        if low == 0:
            found.append(f"{key}: no increment was acknowledged")
    return found
