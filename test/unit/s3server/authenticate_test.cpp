#include "../../../lib/s3server/faults.hpp"
#include "signed_request.hpp"

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3server;
using namespace std::chrono_literals;
using testing::keys;
using testing::noon;
using testing::presign;
using testing::sign;
using testing::unsigned_request;

namespace {

access_keys known()
{
    return access_keys::load(keys, {}).value();
}

std::string verdict_on(const http::request& asked, wall_time now = noon)
{
    const result<authenticated> claim = authenticate(asked, known(), now);
    return claim ? "accepted" : std::string(code_of(fault_of(claim.error())));
}

} // namespace

TEST_CASE("a signed request is accepted", "[s3server]")
{
    unsigned_request wanted;
    wanted.query = {{"prefix", "a/b c&d=e"}, {"delimiter", "/"}, {"list-type", "2"}, {"empty", ""}};
    wanted.headers.emplace_back("x-amz-meta-note", "  two   blanks ");
    CHECK(verdict_on(sign(wanted)) == "accepted");
}

TEST_CASE("a path may be signed as it is sent, or as S3 would encode it", "[s3server]")
{
    http::request asked = sign({.path = "/fleet/a%2fb+c"});
    CHECK(verdict_on(asked) == "accepted");
    asked = sign({.path = "/fleet/a/b%2Bc"});
    asked.path = "/fleet/a%2fb+c";
    CHECK(verdict_on(asked) == "accepted");
    asked.path = "/fleet/a%2fb%2bd";
    CHECK(verdict_on(asked) == "SignatureDoesNotMatch");
}

TEST_CASE("a change of anything that is signed is refused", "[s3server]")
{
    const http::request signed_one = sign(unsigned_request{});
    http::request changed = signed_one;
    SECTION("method")
    {
        changed.method = http::verb::delete_;
    }
    SECTION("path")
    {
        changed.path = "/fleet/other";
    }
    SECTION("an added parameter")
    {
        changed.query.emplace_back("acl", "");
    }
    SECTION("host")
    {
        changed.fields.set(http::field::host, "elsewhere.test");
    }
    SECTION("date, within the skew")
    {
        changed.fields.set("x-amz-date", "20260105T120001Z");
    }
    SECTION("what is said about the body")
    {
        changed.fields.set("x-amz-content-sha256", sigv4::empty_payload);
    }
    SECTION("the signature")
    {
        std::string text(changed.fields[http::field::authorization]);
        text.back() = text.back() == '0' ? '1' : '0';
        changed.fields.set(http::field::authorization, text);
    }
    CHECK(verdict_on(signed_one) == "accepted");
    CHECK(verdict_on(changed) == "SignatureDoesNotMatch");
}

TEST_CASE("an amz field that nobody signed is refused", "[s3server]")
{
    http::request asked = sign(unsigned_request{});
    asked.fields.set("x-amz-copy-source", "fleet/secret");
    CHECK(verdict_on(asked) == "AccessDenied");
}

TEST_CASE("a request without host among its signed fields is refused", "[s3server]")
{
    unsigned_request wanted;
    wanted.headers.clear();
    CHECK(verdict_on(sign(wanted)) == "AccessDenied");
}

TEST_CASE("the wrong secret and an unknown key are told apart", "[s3server]")
{
    CHECK(verdict_on(sign({}, {keys.access_key, secret("guess")})) == "SignatureDoesNotMatch");
    CHECK(verdict_on(sign({}, {"nobody", keys.secret_key})) == "InvalidAccessKeyId");
}

TEST_CASE("a clock may be off by fifteen minutes", "[s3server]")
{
    const http::request asked = sign(unsigned_request{});
    CHECK(verdict_on(asked, noon + 15min) == "accepted");
    CHECK(verdict_on(asked, noon - 15min) == "accepted");
    CHECK(verdict_on(asked, noon + 15min + 1s) == "RequestTimeTooSkewed");
    CHECK(verdict_on(asked, noon - 15min - 1s) == "RequestTimeTooSkewed");
}

TEST_CASE("a presigned query holds until it expires", "[s3server]")
{
    const http::request asked = presign({.method = http::verb::get}, 60);
    CHECK(verdict_on(asked) == "accepted");
    CHECK(verdict_on(asked, noon + 60s) == "accepted");
    CHECK(verdict_on(asked, noon + 61s) == "AccessDenied");
    CHECK(verdict_on(asked, noon - 16min) == "AccessDenied");
}

TEST_CASE("a presigned query cannot be widened", "[s3server]")
{
    http::request asked = presign({.method = http::verb::get}, 60);
    for (auto& [name, value] : asked.query)
        if (name == "X-Amz-Expires")
            value = "6000";
    CHECK(verdict_on(asked) == "SignatureDoesNotMatch");
    CHECK(verdict_on(presign({.method = http::verb::get}, 0)) == "AuthorizationQueryParametersError");
    CHECK(verdict_on(presign({.method = http::verb::get}, 604'801)) == "AuthorizationQueryParametersError");
}

TEST_CASE("what is not a signature is refused with S3's reason", "[s3server]")
{
    struct row
    {
        const char* authorization;
        const char* code;
    };
    const auto [authorization, code] = GENERATE(values<row>({
        {"", "AccessDenied"},
        {"Basic dXNlcjpwYXNz", "InvalidRequest"},
        {"AWS key:signature", "InvalidRequest"},
        {"AWS4-HMAC-SHA256", "AuthorizationHeaderMalformed"},
        {"AWS4-HMAC-SHA256 ,,,", "AuthorizationHeaderMalformed"},
        {"AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=x", "AuthorizationHeaderMalformed"},
        {"AWS4-HMAC-SHA256 Credential=/20260105/r/s3/aws4_request, SignedHeaders=host, Signature=x",
            "AuthorizationHeaderMalformed"},
        {"AWS4-HMAC-SHA256 Credential=k/20260105/r/ec2/aws4_request, SignedHeaders=host, Signature=x",
            "AuthorizationHeaderMalformed"},
        {"AWS4-HMAC-SHA256 Credential=k/20260104/r/s3/aws4_request, SignedHeaders=host, Signature=x", "AccessDenied"},
        {"AWS4-HMAC-SHA256 Credential=k/20260105/r/s3/aws4_request, SignedHeaders=host, Signature=",
            "AuthorizationHeaderMalformed"},
    }));
    CAPTURE(authorization);
    http::request asked = sign(unsigned_request{});
    asked.fields.set(http::field::authorization, authorization);
    CHECK(verdict_on(asked) == code);
}

TEST_CASE("what a request says of its body is understood", "[s3server]")
{
    const auto claim = [](std::string_view payload) {
        unsigned_request wanted;
        wanted.payload_hash = payload;
        result<authenticated> by = authenticate(sign(wanted), known(), noon);
        return by ? result<body_claim>(by->body) : result<body_claim>(by.error());
    };
    CHECK(claim("UNSIGNED-PAYLOAD").value().sha256.empty());
    CHECK(claim(sigv4::empty_payload).value().sha256 == sigv4::empty_payload);
    CHECK(claim("STREAMING-AWS4-HMAC-SHA256-PAYLOAD").value().signing.has_value());
    CHECK(claim("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER").value().trailer);
    CHECK_FALSE(claim("STREAMING-UNSIGNED-PAYLOAD-TRAILER").value().signing.has_value());
    CHECK(fault_of(claim("STREAMING-SOMETHING-NEW").error()) == fault::invalid_argument);
    CHECK(fault_of(claim("").error()) == fault::invalid_request);
}
