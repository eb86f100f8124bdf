"""Stops listening when told to, and listens again when somebody types so."""

from mused.skills.contract import Context, Match, Reply, Skill


class Mute(Skill):
    """ "stop listening" makes mused deaf, also over a restart; nothing that is said undoes it."""

    name = "mute"
    example = "stop listening"

    def sentences(self) -> dict[str, list[str]]:
        """Deaf, and no longer."""
        return {
            "mute": [
                "(stop|quit) listening [to (me|us)]",
                "(do not|don't) listen [to (me|us)]",
                "mute [yourself|the microphone]",
            ],
            "unmute": [
                "(start|resume) listening [again]",
                "listen [to (me|us)] [again]",
                "unmute [yourself|the microphone]",
            ],
        }

    async def handle(self, match: Match, context: Context) -> Reply:
        """Say what undoes it."""
        if match.intent == "mute":
            context.mute(on=True)
            return Reply("I stop listening. To undo that, type: mused unmute.")
        changed = context.mute(on=False)
        return Reply("I am listening." if changed else "I was listening already.")
