#include "authenticate.hpp"
#include "faults.hpp"
#include "presented_signature.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/http/router.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::s3server {

namespace {

constexpr std::chrono::minutes allowed_skew{15};

// Every field that S3 gives a meaning must be signed, or someone in between could add one.
result<void> check_coverage(const http::request& asked, const presented_signature& presented)
{
    if (!presented.covers("host"))
        return make_error(fault::access_denied, "The host header must be signed");
    for (const auto& one : asked.fields) {
        const std::string name = lower_case(one.name_string());
        if (name.starts_with("x-amz-") && !presented.covers(name))
            return make_error(
                fault::access_denied, "There were headers present in the request which were not signed: " + name);
    }
    return {};
}

result<void> check_time(const presented_signature& presented, wall_time now)
{
    if (presented.valid_for) {
        if (presented.time > now + allowed_skew)
            return make_error(fault::access_denied, "Request is not yet valid");
        if (presented.time + *presented.valid_for < now)
            return make_error(fault::access_denied, "Request has expired");
        return {};
    }
    if (presented.time > now + allowed_skew || presented.time < now - allowed_skew)
        return make_error(fault::request_time_too_skewed);
    return {};
}

// A repeated field counts as one, its values joined.
std::string joined_values(const http::headers& fields, std::string_view name)
{
    std::string joined;
    const auto [first, last] = fields.equal_range(name);
    for (auto at = first; at != last; ++at) {
        if (at != first)
            joined += ',';
        joined += std::string_view(at->value());
    }
    return joined;
}

// With the path as it was sent.
sigv4::canonical_parts signed_parts(const http::request& asked, const presented_signature& presented)
{
    sigv4::canonical_parts parts;
    parts.method = std::string(to_string(asked.method));
    parts.encoded_path = asked.path;
    for (const auto& [name, value] : asked.query)
        if (name != "X-Amz-Signature")
            parts.query.emplace_back(name, value);
    for (const std::string& name : presented.signed_headers)
        parts.headers.emplace_back(name, joined_values(asked.fields, name));
    parts.payload_hash = presented.payload_hash;
    return parts;
}

bool is_sha256_hex(std::string_view text)
{
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

result<body_claim> claim_of(const presented_signature& presented, const sha256_digest& key)
{
    const std::string& said = presented.payload_hash;
    const chunk_signing signing{key, presented.timestamp, presented.scope.str(), presented.signature};
    if (said == sigv4::unsigned_payload)
        return body_claim{};
    if (said == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        return body_claim{{}, true, false, signing};
    if (said == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
        return body_claim{{}, true, true, signing};
    if (said == "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        return body_claim{{}, true, true, std::nullopt};
    if (is_sha256_hex(said))
        return body_claim{said, false, false, std::nullopt};
    return make_error(fault::invalid_argument, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- form that "
                                               "this store knows, or a SHA-256 in lower-case hex");
}

// Four HMACs a key, which is a day's and a region's: kept for as long as requests keep using it.
sha256_digest key_for(const credentials& known, const sigv4::scope& scope)
{
    struct kept_key
    {
        sigv4::scope scope;
        std::string access_key;
        secret secret_key;
        sha256_digest key{};
    };
    thread_local kept_key last;
    if (last.scope != scope || last.access_key != known.access_key || last.secret_key != known.secret_key)
        last = {scope, known.access_key, known.secret_key, sigv4::derive_key(known.secret_key, scope)};
    return last.key;
}

bool matches(const presented_signature& presented, const sha256_digest& key, sigv4::canonical_parts parts)
{
    const auto signature_over = [&] {
        return sigv4::signature(
            key, sigv4::string_to_sign(presented.timestamp, presented.scope, sigv4::canonical_request(parts)));
    };
    if (equal_constant_time(presented.signature, signature_over()))
        return true;
    // Some clients sign S3's own encoding of the path whatever they send; it names the same key.
    const result<std::string> path = http::percent_decode(parts.encoded_path);
    if (!path || sigv4::encode_path(*path) == parts.encoded_path)
        return false;
    parts.encoded_path = sigv4::encode_path(*path);
    return equal_constant_time(presented.signature, signature_over());
}

} // namespace

result<authenticated> authenticate(const http::request& asked, const access_keys& known, wall_time now)
{
    const result<presented_signature> presented = read_signature(asked);
    if (!presented)
        return presented.error();
    std::shared_ptr<const key_holder> who = known.find(presented->access_key);
    if (!who)
        return make_error(fault::invalid_access_key_id);
    for (const result<void>& checked : {check_coverage(asked, *presented), check_time(*presented, now)})
        if (!checked)
            return checked.error();

    const sha256_digest key = key_for(who->account(), presented->scope);
    if (!matches(*presented, key, signed_parts(asked, *presented)))
        return make_error(fault::signature_does_not_match);
    result<body_claim> claim = claim_of(*presented, key);
    if (!claim)
        return claim.error();
    return authenticated{std::move(who), std::move(*claim)};
}

} // namespace fleetman::s3server
