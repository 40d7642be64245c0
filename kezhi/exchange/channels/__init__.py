"""Mail, robots and SMS: how a notification or a rule's message leaves the app (DATA-3, AUTO-5).

``setups`` holds what the administrator set up, ``mail``, ``robots`` and ``sms`` speak to the outside, ``kinds`` makes
them the channels of ``kezhi.work.notices``. To add a robot platform or an SMS gateway: one class in its file, one line
in its registry.
"""
