//! Login, logout, registration by invitation, users, invites, password resets.
