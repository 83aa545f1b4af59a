"""Lists the words that have an anagram among the given words.

Two words are anagrams of each other if they use the same letters equally often, whatever their case and whatever
spaces, digits or signs stand between the letters. A word is no anagram of itself.
"""


class InputError(Exception):
    """The input is no list of words."""

    error_type = "InputError"  # what callers find in error.error_type


def apply(input):
    words = words_of(input)
    spellings = {}
    for word in words:
        spellings.setdefault(letters_of(word), set()).add(word.casefold())
    return [word for word in words if len(spellings[letters_of(word)]) > 1]


def words_of(input):
    """The input as a list of words; text is split at white space."""
    if isinstance(input, str):
        return input.split()
    if isinstance(input, list) and all(isinstance(word, str) for word in input):
        return input
    raise InputError('expected an array of words, such as ["listen", "silent"]')


def letters_of(word):
    return "".join(sorted(letter for letter in word.casefold() if letter.isalpha()))
