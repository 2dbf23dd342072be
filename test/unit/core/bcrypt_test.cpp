#include <fleetman/core/bcrypt.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;

namespace {

// "U*U" and its relatives: the test vectors of crypt_blowfish, whose code is in the public domain.
constexpr const char* known_hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

unsigned cost(std::string_view hash)
{
    return bcrypt::cost_of(hash).value();
}

} // namespace

TEST_CASE("a password matches its own hash, of any of bcrypt's letters, and no other", "[bcrypt]")
{
    const std::string as_2y = std::string("$2y").append(std::string(known_hash).substr(3));
    CHECK(bcrypt::matches(secret("U*U"), secret(known_hash)));
    CHECK(bcrypt::matches(secret("U*U"), secret(as_2y)));
    CHECK_FALSE(bcrypt::matches(secret("U*V"), secret(known_hash)));
    CHECK_FALSE(bcrypt::matches(secret(""), secret(known_hash)));
    CHECK_FALSE(bcrypt::matches(secret("U*U"), secret("")));
    CHECK_FALSE(bcrypt::matches(secret("U*U"), secret("U*U")));
}

TEST_CASE("a fresh hash has the cost that was asked for and a salt of its own", "[bcrypt]")
{
    const secret first = bcrypt::hash(secret("correct horse"), 4).value();
    const secret second = bcrypt::hash(secret("correct horse"), 4).value();
    CHECK(first.reveal().starts_with("$2b$04$"));
    CHECK(first != second);
    CHECK(bcrypt::matches(secret("correct horse"), second));
    CHECK(bcrypt::hash(secret("x"), 3).error().code() == errc::invalid);
    CHECK(bcrypt::hash(secret("x"), 15).error().code() == errc::invalid);
}

TEST_CASE("what bcrypt would cut off is refused, at 72 bytes and not before", "[bcrypt]")
{
    const secret hash = bcrypt::hash(secret(std::string(72, 'a')), 4).value();
    CHECK(bcrypt::matches(secret(std::string(72, 'a')), hash));
    CHECK_FALSE(bcrypt::matches(secret(std::string(73, 'a')), hash));
    CHECK(bcrypt::hash(secret(std::string(73, 'a')), 4).error().message() ==
          "a password has at most 72 bytes: bcrypt would ignore what comes after them");
    CHECK_FALSE(bcrypt::matches(secret(std::string("U*U\0x", 5)), secret(known_hash)));
    CHECK(bcrypt::check_usable(secret(std::string("a\0b", 3))).has_error());
}

TEST_CASE("a new password is not too short, and is text", "[bcrypt]")
{
    CHECK(bcrypt::check_new(secret("1234567")).has_error());
    CHECK(bcrypt::check_new(secret("12345678")).has_value());
    CHECK(bcrypt::check_new(secret("pässwörter")).has_value());
    CHECK(bcrypt::check_new(secret("\xff\xfe\xff\xfe\xff\xfe\xff\xfe")).has_error());
    CHECK(bcrypt::check_new(secret(std::string(73, 'a'))).has_error());
}

TEST_CASE("a hash shows its cost; what is none, or would take too long, is refused", "[bcrypt]")
{
    const std::string rest = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    CHECK(cost("$2b$04" + rest) == 4);
    CHECK(cost("$2y$14" + rest) == 14);
    CHECK(bcrypt::cost_of("$2b$15" + rest).error().message() == "the cost of a bcrypt hash must be 4 to 14, found 15");
    CHECK(bcrypt::cost_of("$2b$03" + rest).has_error());
    for (const std::string& none : {std::string(), std::string("$2b$12$x"), "$2c$12" + rest, "$2b$1x" + rest,
             "$2b$12" + rest + "x", std::string("$6$12") + rest, "$2b$12" + rest.substr(0, rest.size() - 1) + "$",
             "$2b$12$" + std::string(53, '\0')})
        CHECK(bcrypt::cost_of(none).has_error());
}

TEST_CASE("no password is the decoy's, which is checked like any other", "[bcrypt]")
{
    const secret decoy = bcrypt::decoy(4);
    CHECK(cost(decoy.reveal()) == 4);
    CHECK(cost(bcrypt::decoy(12).reveal()) == 12);
    CHECK_FALSE(bcrypt::matches(secret(""), decoy));
    CHECK_FALSE(bcrypt::matches(secret("U*U"), decoy));
}
