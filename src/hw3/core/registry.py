"""Name -> thing, with errors that list the choices."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import is_dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

from hw3.core.errors import ConfigError, NotRegisteredError
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


def origin(item: object) -> str:
    """Return where a class or function was written: my_module.Mish."""
    module, name = (getattr(item, key, None) for key in ("__module__", "__qualname__"))
    return f"{module}.{name}" if name else repr(item)


class Registry(Collection[str], Generic[T]):
    """The things that a config key may name.

    Args:
        key: of the config.
        wants: what each must have to be used, for those that others may add: attributes of a frozen
            dataclass.
    """

    def __init__(self, key: str, wants: Sequence[str] = ()) -> None:
        self.key, self.wants = key, wants
        self._items: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that files its argument under `name`, which a class is also told.

        The decorator raises ConfigError for a name that something else has, and for a class that
        lacks what is wanted. The same class again, as a notebook defines it, replaces itself.
        """

        def add(item: T) -> T:
            before = self._items.get(name)
            if before is not None and origin(before) != origin(item):
                raise ConfigError(
                    f"{self.key}={name} is registered twice, as {origin(before)} and as "
                    f"{origin(item)}; give one of them another name"
                )
            if self.wants:
                self._check(name, item)
            self._items[name] = item
            if isinstance(item, type):
                item.name = name  # type: ignore[attr-defined]  # a record knows what it is called
            return item

        return add

    def _check(self, name: str, item: object) -> None:
        """Raise ConfigError for a class that lacks what is wanted."""
        what = f"{self.key}={name}: {origin(item)}"
        is_frozen = isinstance(item, type) and is_dataclass(item) and callable(item.__hash__)
        if not is_frozen:
            raise ConfigError(
                f"{what} must be a frozen dataclass; write @dataclass(frozen=True) between "
                "@...register and class"
            )
        if lacking := [attribute for attribute in self.wants if not hasattr(item, attribute)]:
            raise ConfigError(f"{what} lacks {', '.join(lacking)}; see docs/plugins.md")

    def get(self, name: object) -> T:
        """Return the thing of that name, or raise ConfigError with the choices."""
        if not isinstance(name, str) or name not in self._items:
            error = unknown_choice(self.key, name, self._items)
            raise NotRegisteredError(str(error)) if self.wants else error
        return self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
