#include "signed_request.hpp"

namespace fleetman::testing {

namespace {

sigv4::canonical_parts parts_of(const unsigned_request& wanted)
{
    return {std::string(to_string(wanted.method)), wanted.path, wanted.query, wanted.headers, wanted.payload_hash};
}

http::request as_received(const unsigned_request& wanted)
{
    http::request asked;
    asked.method = wanted.method;
    asked.path = wanted.path;
    asked.query = wanted.query;
    for (const auto& [name, value] : wanted.headers)
        asked.fields.insert(name, value);
    return asked;
}

std::string signature_of(
    const sigv4::canonical_parts& parts, const s3server::credentials& with, const sigv4::scope& scope, wall_time when)
{
    return sigv4::signature(sigv4::derive_key(with.secret_key, scope),
        sigv4::string_to_sign(sigv4_timestamp(when), scope, sigv4::canonical_request(parts)));
}

} // namespace

http::request sign(unsigned_request wanted, const s3server::credentials& with, wall_time when)
{
    wanted.headers.emplace_back("x-amz-date", sigv4_timestamp(when));
    wanted.headers.emplace_back("x-amz-content-sha256", wanted.payload_hash);
    const sigv4::canonical_parts parts = parts_of(wanted);
    const sigv4::scope scope = sigv4::scope::at(when, "us-east-1");
    http::request asked = as_received(wanted);
    asked.fields.set(
        http::field::authorization, sigv4::authorization(with.access_key, scope, sigv4::signed_headers(parts),
                                        signature_of(parts, with, scope, when)));
    return asked;
}

http::request presign(unsigned_request wanted, int seconds, wall_time when)
{
    const sigv4::scope scope = sigv4::scope::at(when, "eu-west-7");
    wanted.query.emplace_back("X-Amz-Algorithm", sigv4::algorithm);
    wanted.query.emplace_back("X-Amz-Credential", keys.access_key + "/" + scope.str());
    wanted.query.emplace_back("X-Amz-Date", sigv4_timestamp(when));
    wanted.query.emplace_back("X-Amz-Expires", std::to_string(seconds));
    wanted.query.emplace_back("X-Amz-SignedHeaders", "host");
    wanted.query.emplace_back("X-Amz-Signature", signature_of(parts_of(wanted), keys, scope, when));
    return as_received(wanted);
}

} // namespace fleetman::testing
