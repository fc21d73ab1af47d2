"""That the settings cannot be used: apart from the settings, so that who only catches it need not load them."""


class SettingsError(Exception):
    """The settings cannot be used; `problems` has one sentence for each thing that is to be put right."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
