"""Tells the time and the date."""

from mused.skills.contract import Context, Match, Reply, Skill
from mused.skills.wording import ordinal, time_of_day

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December"


class Clock(Skill):
    """Local time in words that a recogniser could hear again."""

    name = "clock"
    example = "what time is it"

    def sentences(self) -> dict[str, list[str]]:
        """The time, or the day and date."""
        return {
            "time": ["what time (is it|it is)", "what is the time [now]"],
            "date": [
                "what (day|date) (is it|it is|is today) [today]",
                "what is the (day|date) [today]",
            ],
        }

    async def handle(self, match: Match, context: Context) -> Reply:
        """Say the time or the date; names of days do not follow the system's locale."""
        now = context.now()
        if match.intent == "time":
            return Reply(f"It is {time_of_day(now)}.")
        day, month = _DAYS[now.weekday()], _MONTHS.split()[now.month - 1]
        return Reply(f"It is {day}, the {ordinal(now.day)} of {month}.")
