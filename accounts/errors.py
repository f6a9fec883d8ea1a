from config.problems import (  # noqa: F401
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    Problem,
    TooLarge,
    TooMany,
    UnsupportedType,
)
