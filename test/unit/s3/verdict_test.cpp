#include "../../../lib/s3/verdict.hpp"
#include "scripted_transport.hpp"

#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::s3;
using fleetman::testing::refusal;

namespace {

wire_response answer_of(unsigned status, std::string body = {})
{
    wire_response answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
}

} // namespace

TEST_CASE("every answer has one meaning", "[s3]")
{
    struct row
    {
        const char* method;
        unsigned status;
        std::string body;
        verdict what;
        errc kind;
    };
    const std::string page = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";
    const std::vector<row> rows{
        {"GET", 404, refusal("NoSuchKey"), verdict::refused, errc::not_found},
        {"GET", 404, refusal("NoSuchBucket"), verdict::refused, errc::failed},
        {"GET", 404, page, verdict::refused, errc::failed},
        {"HEAD", 404, "", verdict::refused, errc::not_found},
        {"HEAD", 403, "", verdict::refused, errc::denied},
        {"GET", 401, "", verdict::refused, errc::denied},
        {"GET", 403, refusal("SignatureDoesNotMatch"), verdict::refused, errc::denied},
        {"GET", 403, refusal("RequestTimeTooSkewed"), verdict::refused, errc::denied},
        {"GET", 400, refusal("ExpiredToken"), verdict::refused, errc::denied},
        {"GET", 400, refusal("AuthorizationHeaderMalformed"), verdict::refused, errc::denied},
        {"PUT", 400, refusal("EntityTooLarge"), verdict::refused, errc::too_large},
        {"PUT", 400, refusal("RequestTimeout"), verdict::retry, errc::unavailable},
        {"PUT", 400, refusal("BadDigest"), verdict::refused, errc::failed},
        {"PUT", 409, refusal("OperationAborted"), verdict::retry, errc::unavailable},
        {"PUT", 409, refusal("ConditionalRequestConflict"), verdict::retry, errc::conflict},
        {"PUT", 409, "", verdict::refused, errc::conflict},
        {"PUT", 412, "", verdict::refused, errc::conflict},
        {"PUT", 413, page, verdict::refused, errc::too_large},
        {"PUT", 501, "", verdict::refused, errc::unsupported},
        {"PUT", 405, refusal("MethodNotAllowed"), verdict::refused, errc::unsupported},
        {"GET", 301, refusal("PermanentRedirect"), verdict::refused, errc::failed},
        {"GET", 302, page, verdict::refused, errc::failed},
        {"GET", 304, "", verdict::refused, errc::failed},
        {"GET", 408, "", verdict::retry, errc::unavailable},
        {"GET", 429, "", verdict::retry, errc::unavailable},
        {"GET", 500, "", verdict::retry, errc::unavailable},
        {"GET", 502, page, verdict::retry, errc::unavailable},
        {"GET", 503, refusal("SlowDown"), verdict::retry, errc::unavailable},
        {"GET", 503, "<Error><Code>SlowDo", verdict::retry, errc::unavailable},
        {"GET", 504, "", verdict::retry, errc::unavailable},
    };
    for (const row& one : rows) {
        INFO(one.method << ' ' << one.status << ' ' << one.body);
        operation what;
        what.method = one.method;
        const judgement found = judge(answer_of(one.status, one.body), what, testing::test_connection());
        CHECK(found.what == one.what);
        CHECK(found.reason.code() == one.kind);
        CHECK(found.reason.message().find("bucket fleet at http://s3.test") != std::string::npos);
    }
}

TEST_CASE("success is success whatever its 2xx", "[s3]")
{
    for (const unsigned status : {200U, 201U, 204U, 206U})
        CHECK(judge(answer_of(status), {}, testing::test_connection()).what == verdict::done);
}

TEST_CASE("a page where an error document is due is told as its status, not repeated to the operator", "[s3]")
{
    const judgement found = judge(answer_of(502, "<html>a long page</html>"), {}, testing::test_connection());
    CHECK(found.reason.message() == "HTTP 502 from bucket fleet at http://s3.test");
}

TEST_CASE("the network's failures are tried again, the caller's are not", "[s3]")
{
    const auto verdict_on = [](errc kind) { return judge(error(kind, "x"), {}, testing::test_connection()).what; };
    CHECK(verdict_on(errc::unavailable) == verdict::retry);
    CHECK(verdict_on(errc::denied) == verdict::refused);
    CHECK(verdict_on(errc::too_large) == verdict::refused);
    CHECK(verdict_on(errc::cancelled) == verdict::refused);
    CHECK(verdict_on(errc::invalid) == verdict::refused);
}
