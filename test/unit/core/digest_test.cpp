#include <fleetman/core/digest.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;

TEST_CASE("digests of known texts are those of their standards", "[core]")
{
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4
    CHECK(md5_hex("abc") == "900150983cd24fb0d6963f7d28e17f72");                                    // RFC 1321
}

TEST_CASE("authentication codes are those of RFC 4231", "[core]")
{
    const auto code = [](std::string_view key, std::string_view message) {
        return to_hex(as_bytes(hmac_sha256(key, message)));
    };
    CHECK(code(std::string(20, '\x0b'), "Hi There") == // test case 1
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(code("Jefe", "what do ya want for nothing?") == // 2
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(code(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") == // 6
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    // A key of just a block, made with Python's hmac.
    CHECK(code(std::string(64, 'k'), "") == "83026a325aaee70e36cfe607536aa1054104ad1077c36134810d4ccded1ccd3b");
}

TEST_CASE("a hasher fed in pieces agrees with the whole and is fresh after finishing", "[core]")
{
    hasher pieces(hash::sha256);
    pieces.update("a");
    pieces.update("bc");
    CHECK(to_hex(pieces.finish()) == sha256_hex("abc"));
    pieces.update("abc");
    CHECK(to_hex(pieces.finish()) == sha256_hex("abc"));
}

TEST_CASE("base64 pads as RFC 4648 section 10 shows", "[core]")
{
    CHECK(to_base64("") == "");
    CHECK(to_base64("f") == "Zg==");
    CHECK(to_base64("fo") == "Zm8=");
    CHECK(to_base64("foo") == "Zm9v");
    CHECK(to_base64("foobar") == "Zm9vYmFy");
}
