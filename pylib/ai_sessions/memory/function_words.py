"""English words that say nothing by themselves, in small letters: neither what a statement is about
nor what a question asks for.
"""

FUNCTION_WORDS = frozenset(
    """
    a about above actually after again all also am an and any are as at be been before being
    both but by can cannot could currently did do does doing done down during each else ever
    every few for from further get give given go goes going got had has have having he her here
    hers him his how however i if in into is it its itself just let ll made make may me might
    mine more most much my need new no nor not now of off ok okay on once one only or other our
    ours out over own please put re really remember said same say says see shall she should
    since so some still such sure than that the their theirs them then there these they thing
    things this those through to too under up us use used using ve very want wants was way we
    well were what when where whether which while who whom whose why will with within without
    would yes yet you your yours
    """.split()  # noqa: SIM905 - nobody reads so many words one to a line
)
