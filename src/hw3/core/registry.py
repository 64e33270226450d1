"""Name -> thing, with errors that list the choices."""

from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Generic, TypeVar

from hw3.core.errors import ConfigError
from hw3.core.words import quoted

T = TypeVar("T")


def nearest(name: object, choices: Iterable[str]) -> str:
    """Return "; did you mean 'relu'?" for a near miss, else an empty string."""
    close = get_close_matches(str(name), list(choices), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown_choice(key: str, name: object, choices: Iterable[str]) -> ConfigError:
    """Return the error for a value that is not among the choices of a key."""
    listed = sorted(choices)
    return ConfigError(
        f"{key} must be one of {', '.join(listed)}; got {quoted(name)}{nearest(name, listed)}"
    )


def unknown_key(key: str, allowed: Iterable[str], hint: str | None = None) -> ConfigError:
    """Return the error for a key that is not among those allowed; the hint says what is meant."""
    listed = list(allowed)
    meant = nearest(key.rpartition(".")[2], listed) if hint is None else hint
    return ConfigError(
        f"unknown key {quoted(key)}; allowed here: {', '.join(listed) or 'no key'}{meant}"
    )


class Registry(Collection[str], Generic[T]):
    """The things that a config key may name."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._items: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that files its argument under `name`, which a class is also told."""

        def add(item: T) -> T:
            if name in self._items:
                raise ValueError(f"{self.key}: {name!r} is registered twice")
            self._items[name] = item
            if isinstance(item, type):
                item.name = name  # type: ignore[attr-defined]  # a record knows what it is called
            return item

        return add

    def get(self, name: object) -> T:
        """Return the thing of that name, or raise ConfigError with the choices."""
        if not isinstance(name, str) or name not in self._items:
            raise unknown_choice(self.key, name, self._items)
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
