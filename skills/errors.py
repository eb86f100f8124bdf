"""Errors of skills.

* SkillError: a skill cannot work here, said in a sentence a user can act on
"""


class SkillError(Exception):
    """Raised by `Skill.check` or a constructor when the skill cannot work on this machine."""
