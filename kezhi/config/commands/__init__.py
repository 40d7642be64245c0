"""The subcommands of ``kezhi``, one module each; see ``kezhi.config.cli`` for what a module offers."""
