"""A password that somebody chooses, looked at together with what others know about them."""

from pydantic import SecretStr

from api.refusals import FieldError, ValidationFailed
from infrastructure.enrolment import Person
from infrastructure.weak_passwords import weakness


def chosen(password: SecretStr, field: str, person: Person) -> str:
    """The password in clear. Raises ValidationFailed, naming `field`, if it is their own name or address."""
    plain = password.get_secret_value()
    weak = weakness(plain, (person.email, person.full_name))
    if weak is not None:
        raise ValidationFailed(FieldError(field, weak))
    return plain
