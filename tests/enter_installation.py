"""Run in an installation's environment: makes somebody who may do everything, and prints how to come in as them."""

import json
import secrets

import django


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.test import Client

    from kezhi.access.actors import system_actor, user_actor
    from kezhi.access.operations import create_administrator
    from kezhi.records.api.tokens import known_scopes, make_token

    user = create_administrator("probe", "探测员", secrets.token_urlsafe(12), actor=system_actor("kezhi", door="cli"))
    _token, secret = make_token("probe", known_scopes(), 30, actor=user_actor(user.pk))
    client = Client()
    client.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    print(json.dumps({"Authorization": f"Bearer {secret}", "Cookie": cookie}))


if __name__ == "__main__":
    main()
