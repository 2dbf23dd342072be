#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/core/secret.hpp>

#include <cstddef>
#include <string_view>

// Passwords as bcrypt hashes ("$2b$12$…", crypt(5)), through libxcrypt. What a hash is made of is looked at without
// work; making and checking one takes 2^cost rounds, about a quarter of a second at cost 12, so never on an I/O thread.

namespace fleetman::bcrypt {

inline constexpr unsigned least_cost = 4;     // bcrypt knows no lower one
inline constexpr unsigned greatest_cost = 14; // a second and more for each try: whoever may try could keep us busy
inline constexpr unsigned usual_cost = 12;

inline constexpr std::size_t longest_password = 72; // bytes; bcrypt ignores what comes after them
inline constexpr std::size_t shortest_password = 8; // bytes, of a new one (NIST SP 800-63B 5.1.1.2)

// The cost of a hash. Fails with invalid when it is none, or its cost is outside of the two above.
result<unsigned> cost_of(std::string_view hash);

// Whether bcrypt would look at the whole password: fails with invalid past 72 bytes, or with a NUL byte in it.
result<void> check_usable(const secret& password);
// The same, and whether it may be a new one: fails with invalid below 8 bytes, or when it is not UTF-8.
result<void> check_new(const secret& password);

// A fresh hash, "$2b$<cost>$…". Fails with invalid as check_usable() does, and for a cost outside of the two above.
result<secret> hash(const secret& password, unsigned cost);

// Whether the password is the one of the hash; of an unusable password or hash it is not.
bool matches(const secret& password, const secret& hash);

// A hash that no password has: checking it takes as long as any other of its cost.
secret decoy(unsigned cost);

} // namespace fleetman::bcrypt
