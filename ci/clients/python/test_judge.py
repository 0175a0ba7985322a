"""The judge says what is wrong, and nothing where nothing is."""

import unittest

from judge import complaints


def report(acknowledged, unknown, *complaints):
    counters = {"a": {"acknowledged": acknowledged, "unknown": unknown}}
    return {"counters": counters, "complaints": list(complaints)}


class Judge(unittest.TestCase):
    def test_a_value_is_what_was_acknowledged_and_any_part_of_what_is_unknown(self):
        for value in (10, 11, 12):
            self.assertEqual(complaints(report(10, 2), {"a": value}), [])

    def test_a_lost_increment_is_found(self):
        [sentence] = complaints(report(10, 2), {"a": 9})
        self.assertIn("1 of them are lost", sentence)

    def test_a_doubled_increment_is_found(self):
        [sentence] = complaints(report(10, 2), {"a": 13})
        self.assertIn("doubled", sentence)

    def test_a_client_that_did_nothing_proves_nothing(self):
        [sentence] = complaints(report(0, 2), {"a": 1})
        self.assertIn("no increment was acknowledged", sentence)

    def test_what_a_client_complains_of_is_told(self):
        self.assertEqual(complaints(report(10, 2, "odd"), {"a": 10}), ["odd"])


if __name__ == "__main__":
    unittest.main()
