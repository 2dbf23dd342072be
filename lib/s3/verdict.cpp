#include "verdict.hpp"
#include "xml.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <array>
#include <string_view>

namespace fleetman::s3 {
namespace {

constexpr std::string_view set_keys = "check access_key and secret_key";

// Codes that say more than their status.
struct known_code
{
    std::string_view code;
    verdict what;
    errc kind;
    std::string_view advice; // the setting to look at
};

constexpr std::array known_codes{
    known_code{"NoSuchKey", verdict::refused, errc::not_found, ""},
    known_code{"NoSuchUpload", verdict::refused, errc::not_found, ""},
    // Not `not_found`: a missing bucket says nothing about its keys, and an agent must not take it for a deleted cell.
    known_code{"NoSuchBucket", verdict::refused, errc::failed, "check bucket_name and endpoint"},
    known_code{"PreconditionFailed", verdict::refused, errc::conflict, ""},
    known_code{
        "BucketAlreadyExists", verdict::refused, errc::conflict, "the name is taken: choose another bucket_name"},
    known_code{"BucketAlreadyOwnedByYou", verdict::refused, errc::conflict, ""},
    known_code{"SignatureDoesNotMatch", verdict::refused, errc::denied, set_keys},
    known_code{"InvalidAccessKeyId", verdict::refused, errc::denied, set_keys},
    known_code{"ExpiredToken", verdict::refused, errc::denied, "check session_token"},
    known_code{"InvalidToken", verdict::refused, errc::denied, "check session_token"},
    known_code{"RequestTimeTooSkewed", verdict::refused, errc::denied, "set this machine's clock"},
    known_code{"AuthorizationHeaderMalformed", verdict::refused, errc::denied, "check region"},
    known_code{"PermanentRedirect", verdict::refused, errc::failed, "check endpoint and region"},
    known_code{"TemporaryRedirect", verdict::refused, errc::failed, "check endpoint and region"},
    known_code{"QuotaExceeded", verdict::refused, errc::failed, "the store has no more room for this account"},
    known_code{"NotImplemented", verdict::refused, errc::unsupported, ""},
    known_code{"EntityTooLarge", verdict::refused, errc::too_large, ""},
    known_code{"SlowDown", verdict::retry, errc::unavailable, ""},
    known_code{"InternalError", verdict::retry, errc::unavailable, ""},
    known_code{"RequestTimeout", verdict::retry, errc::unavailable, ""},
    known_code{"OperationAborted", verdict::retry, errc::unavailable, ""},
    known_code{"ConditionalRequestConflict", verdict::retry, errc::conflict, ""},
};

struct meaning
{
    verdict what;
    errc kind;
};

// For answers whose body is missing or says nothing known. A bare 404 counts as "no such key" for HEAD only, which
// never has a body: from a proxy it would mean nothing.
meaning meaning_of_status(unsigned status, const operation& what)
{
    switch (status) {
    case 401:
    case 403: return {verdict::refused, errc::denied};
    case 404: return {verdict::refused, what.method == "HEAD" ? errc::not_found : errc::failed};
    case 408:
    case 429: return {verdict::retry, errc::unavailable};
    case 409:
    case 412: return {verdict::refused, errc::conflict};
    case 413: return {verdict::refused, errc::too_large};
    case 405:
    case 501: return {verdict::refused, errc::unsupported};
    default: break;
    }
    return status >= 500 ? meaning{verdict::retry, errc::unavailable} : meaning{verdict::refused, errc::failed};
}

// Seconds, or a date, which is one of the store's clock (RFC 9110 section 10.2.3).
std::optional<milliseconds> retry_after(const wire_response& answer)
{
    const std::string said = answer.header("Retry-After");
    if (const auto seconds = parse_integer<std::uint32_t>(trimmed(said)))
        return milliseconds(std::uint64_t{*seconds} * 1000);
    const result<wall_time> then = parse_http_date(trimmed(said));
    const result<wall_time> now = parse_http_date(answer.header("Date"));
    if (!then || !now || *then < *now)
        return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(*then - *now);
}

// Stores without conditional writes say so in several ways: Swift with 501, Aliyun OSS with 400.
bool refuses_conditions(unsigned status, const std::string& code)
{
    return status == 400 && (code == "InvalidArgument" || code == "InvalidRequest" || code == "NotImplemented");
}

const known_code* find_code(std::string_view code)
{
    for (const known_code& one : known_codes)
        if (one.code == code)
            return &one;
    return nullptr;
}

std::string sentence(unsigned status, const store_fault& fault, std::string_view advice, const connection& to)
{
    std::string text = fault.code.empty() ? "HTTP " + std::to_string(status) : fault.code;
    if (!fault.message.empty())
        text += " (" + fault.message + ')';
    text += " from " + name_of(to);
    if (!fault.request_id.empty())
        text += ", request " + fault.request_id;
    return advice.empty() ? text : text + "; " + std::string(advice);
}

judgement judge_failure(const wire_response& answer, const operation& what, const connection& to)
{
    store_fault fault = parse_error(answer.body).value_or(store_fault{});
    if (fault.request_id.empty())
        fault.request_id = answer.header("x-amz-request-id");
    const known_code* const known = find_code(fault.code);
    const meaning by_status = meaning_of_status(answer.status, what);
    meaning found = known != nullptr ? meaning{known->what, known->kind} : by_status;
    if (what.conditional && refuses_conditions(answer.status, fault.code))
        found = {verdict::refused, errc::unsupported};
    const std::string_view advice = known != nullptr             ? known->advice
                                    : found.kind == errc::denied ? set_keys
                                                                 : std::string_view();
    error reason(found.kind, sentence(answer.status, fault, advice, to));
    return {found.what, reason.with_store_fault(std::move(fault)), retry_after(answer)};
}

} // namespace

std::string name_of(const connection& to)
{
    return "bucket " + to.bucket + " at " + to.endpoint.url();
}

judgement judge(const result<wire_response>& answer, const operation& what, const connection& to)
{
    if (!answer) {
        const bool passing = answer.error().code() == errc::unavailable;
        return {passing ? verdict::retry : verdict::refused, answer.error(), std::nullopt};
    }
    if (answer->status == 304 && what.not_modified_is_an_answer)
        return {verdict::not_modified, {}, std::nullopt};
    const bool success = answer->status >= 200 && answer->status < 300;
    if (success && is_cut_off(answer->body, what.answer_root))
        return {
            verdict::retry, error(errc::unavailable, "the answer from " + name_of(to) + " breaks off"), std::nullopt};
    if (success && !(what.body_may_hold_error && parse_error(answer->body)))
        return {verdict::done, {}, std::nullopt};
    return judge_failure(*answer, what, to);
}

} // namespace fleetman::s3
