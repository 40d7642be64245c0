"""A process that writes to a SQLite file without a pause, for tests of the queue for writers."""

import json
import os
import sys
import threading

import django
from django.conf import settings


def main() -> None:
    """Print, per thread, how many rows all threads of all processes had written between this one's own."""
    given = json.loads(os.environ["WRITING_TEST"])
    settings.configure(DATABASES={"default": given["database"]}, USE_TZ=True)
    django.setup()
    act = sys.argv[1]
    if act == "prepare":
        run("CREATE TABLE note (id integer PRIMARY KEY AUTOINCREMENT, who text)")
    elif act == "hold":
        hold()
    else:
        threads = [threading.Thread(target=write, args=(f"{os.getpid()}-{number}",)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def run(statement: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)


def write(who: str) -> None:
    """Transactions with other work inside them, one right after the other; every fourth write stands alone."""
    from django.db import connection, transaction

    for number in range(60):
        if number % 4 == 3:
            _insert(who)
            continue
        with transaction.atomic():
            _insert(who)
            sum(range(60_000))
    connection.close()


def hold() -> None:
    """Take the turn, say so, and keep it until killed."""
    from django.db import transaction

    with transaction.atomic():
        _insert("holder")
        print("holding", flush=True)
        sys.stdin.read()


def _insert(who: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note (who) VALUES (%s)", [who])


if __name__ == "__main__":
    main()
