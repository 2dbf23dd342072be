#include <fleetman/core/timestamp.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::sigv4;

// The examples that AWS publishes, with their credentials: Amazon S3 API reference, "Signature Calculations for the
// Authorization Header: Transferring Payload in a Single Chunk" and "Authenticating Requests: Using Query Parameters".

namespace {

const secret secret_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
const std::string access_key = "AKIAIOSFODNN7EXAMPLE";
const std::string timestamp = "20130524T000000Z";
const scope example_scope{"20130524", "us-east-1"};
const std::string host = "examplebucket.s3.amazonaws.com";

std::string sign(const canonical_parts& parts)
{
    return signature(
        derive_key(secret_key, example_scope), string_to_sign(timestamp, example_scope, canonical_request(parts)));
}

} // namespace

TEST_CASE("GET Object signs as AWS shows", "[sigv4]")
{
    const canonical_parts parts{"GET", "/test.txt", {},
        {{"Host", host}, {"Range", "bytes=0-9"}, {"x-amz-content-sha256", std::string(empty_payload)},
            {"x-amz-date", timestamp}},
        std::string(empty_payload)};

    CHECK(sha256_hex(canonical_request(parts)) == "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
    CHECK(sign(parts) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    CHECK(authorization(access_key, example_scope, signed_headers(parts), sign(parts)) ==
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
          "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
          "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("PUT Object signs as AWS shows", "[sigv4]")
{
    const std::string payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    CHECK(sha256_hex("Welcome to Amazon S3.") == payload);
    CHECK(sign({"PUT", encode_path("/test$file.text"), {},
              {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"Host", host}, {"x-amz-content-sha256", payload},
                  {"x-amz-date", timestamp}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
              payload}) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("a parameter without a value signs as AWS shows", "[sigv4]")
{
    CHECK(sign({"GET", "/", {{"lifecycle", ""}},
              {{"Host", host}, {"x-amz-content-sha256", std::string(empty_payload)}, {"x-amz-date", timestamp}},
              std::string(empty_payload)}) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_CASE("listing objects signs as AWS shows, whatever the order of its parameters", "[sigv4]")
{
    CHECK(sign({"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}},
              {{"Host", host}, {"x-amz-content-sha256", std::string(empty_payload)}, {"x-amz-date", timestamp}},
              std::string(empty_payload)}) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("a presigned URL signs as AWS shows", "[sigv4]")
{
    CHECK(
        sign({"GET", "/test.txt",
            {{"X-Amz-Algorithm", std::string(algorithm)}, {"X-Amz-Credential", access_key + '/' + example_scope.str()},
                {"X-Amz-Date", timestamp}, {"X-Amz-Expires", "86400"}, {"X-Amz-SignedHeaders", "host"}},
            {{"host", host}}, std::string(unsigned_payload)}) ==
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("a scope takes its date from the moment", "[sigv4]")
{
    CHECK(scope::at(parse_sigv4_timestamp(timestamp).value(), "us-east-1") == example_scope);
}
