"""Several acts at the same moment, each with a connection of its own."""

import threading

from django.db import connection

LONGEST_WAIT = 100


def together(*acts, refused=()):
    """What each of these gave, in no order; one that is ``refused`` is there as what it raised."""
    start = threading.Barrier(len(acts))
    answers, errors = [], []

    def run(act):
        try:
            start.wait(LONGEST_WAIT)
            answers.append(act())
        except refused as refusal:
            answers.append(refusal)
        except Exception as error:  # what a thread raises would be lost otherwise
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return answers
