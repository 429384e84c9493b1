//! What every HTTP service shares: the error answer, the verified user, validated bodies, health, limits.
