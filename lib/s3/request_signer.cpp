#include "request_signer.hpp"

#include <fleetman/core/timestamp.hpp>

namespace fleetman::s3 {
namespace {

// All that is set before signing is signed, so nothing on the way can change it; what comes after must not matter.
sigv4::canonical_parts parts_of(const wire_request& request, const operation& what, std::string payload_hash)
{
    sigv4::canonical_parts parts;
    parts.method = request.method;
    parts.encoded_path = request.target;
    parts.query = what.query;
    parts.headers = request.headers;
    parts.payload_hash = std::move(payload_hash);
    return parts;
}

std::string payload_hash_of(const operation& what)
{
    if (what.source != nullptr)
        return std::string(sigv4::unsigned_payload);
    return what.body.empty() ? std::string(sigv4::empty_payload) : sha256_hex(what.body);
}

} // namespace

std::string request_signer::host(const std::string& bucket) const
{
    const std::string host = to_.endpoint.host_header();
    return to_.path_style ? host : bucket + '.' + host;
}

std::string request_signer::path(const std::string& bucket, const std::string& key) const
{
    std::string path = to_.path_style ? '/' + sigv4::encode(bucket) : std::string();
    if (!key.empty() || !to_.path_style)
        path += '/' + sigv4::encode_path(key);
    return path;
}

const sha256_digest& request_signer::key_for(const sigv4::scope& scope, const secret& secret_key)
{
    if (cached_scope_ != scope || cached_secret_ != secret_key) {
        cached_key_ = sigv4::derive_key(secret_key, scope);
        cached_scope_ = scope;
        cached_secret_ = secret_key;
    }
    return cached_key_;
}

wire_request request_signer::sign(const operation& what, const credentials& by, wall_time now)
{
    const std::string timestamp = sigv4_timestamp(now);
    const std::string payload_hash = payload_hash_of(what);
    const std::string& bucket = what.bucket.empty() ? to_.bucket : what.bucket;

    wire_request request;
    request.method = what.method;
    request.target = path(bucket, what.key);
    request.headers = what.headers;
    request.headers.emplace_back("Host", host(bucket));
    request.headers.emplace_back("X-Amz-Date", timestamp);
    request.headers.emplace_back("X-Amz-Content-Sha256", payload_hash);
    if (!by.session_token.empty())
        request.headers.emplace_back("X-Amz-Security-Token", by.session_token.reveal());

    const auto parts = parts_of(request, what, payload_hash);
    const sigv4::scope scope = sigv4::scope::at(now, region_);
    const sigv4::canonical_form form = sigv4::canonical(parts);
    const std::string text = sigv4::string_to_sign(timestamp, scope, form.request);
    request.headers.emplace_back("Authorization", sigv4::authorization(by.access_key, scope, form.signed_headers,
                                                      sigv4::signature(key_for(scope, by.secret_key), text)));

    if (!what.query.empty())
        request.target += '?' + sigv4::canonical_query(what.query);
    request.body = what.body;
    request.source = what.source;
    request.source_length = what.source_length;
    request.patience = what.patience;
    return request;
}

std::string request_signer::presign(const std::string& method, const std::string& key, const credentials& by,
    wall_time now, std::chrono::seconds lifetime)
{
    const std::string timestamp = sigv4_timestamp(now);
    const sigv4::scope scope = sigv4::scope::at(now, region_);
    sigv4::canonical_parts parts;
    parts.method = method;
    parts.encoded_path = path(to_.bucket, key);
    parts.headers = {{"Host", host(to_.bucket)}};
    parts.payload_hash = sigv4::unsigned_payload;
    parts.query = {{"X-Amz-Algorithm", std::string(sigv4::algorithm)},
        {"X-Amz-Credential", by.access_key + '/' + scope.str()}, {"X-Amz-Date", timestamp},
        {"X-Amz-Expires", std::to_string(lifetime.count())}, {"X-Amz-SignedHeaders", sigv4::signed_headers(parts)}};
    if (!by.session_token.empty())
        parts.query.emplace_back("X-Amz-Security-Token", by.session_token.reveal());

    const std::string text = sigv4::string_to_sign(timestamp, scope, sigv4::canonical_request(parts));
    return (to_.endpoint.tls ? "https://" : "http://") + host(to_.bucket) + parts.encoded_path + '?' +
           sigv4::canonical_query(parts.query) +
           "&X-Amz-Signature=" + sigv4::signature(key_for(scope, by.secret_key), text);
}

} // namespace fleetman::s3
