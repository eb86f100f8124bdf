"""Says what mused can do."""

from mused.skills.contract import Context, Match, Reply, Skill


class Help(Skill):
    """One example for every working skill."""

    name = "help"
    example = "what can you do"

    def sentences(self) -> dict[str, list[str]]:
        """Asking for help."""
        return {"help": ["help [me]", "what can (you do|I say)"]}

    async def handle(self, match: Match, context: Context) -> Reply:
        """Name the other skills' examples."""
        examples = [each for each in context.examples() if each and each != self.example]
        if not examples:
            return Reply("No skill is working. Run mused doctor to see why.")
        *others, last = examples
        return Reply(
            "You can say: " + (f"{', '.join(others)}, or {last}." if others else f"{last}.")
        )
