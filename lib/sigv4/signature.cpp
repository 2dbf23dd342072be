#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <algorithm>

namespace fleetman::sigv4 {
namespace {

// Blanks at both ends go, runs of them inside become one ("Trim" in the reference's pseudocode).
std::string canonical_value(std::string_view value)
{
    value = trimmed(value);
    if (value.find_first_of(" \t") == std::string_view::npos)
        return std::string(value);
    std::string text;
    for (const char c : value) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank)
            text += c;
        else if (text.back() != ' ')
            text += ' ';
    }
    return text;
}

std::vector<std::pair<std::string, std::string>> canonical_headers(const canonical_parts& parts)
{
    std::vector<std::pair<std::string, std::string>> headers;
    headers.reserve(parts.headers.size());
    for (const auto& [name, value] : parts.headers)
        headers.emplace_back(lower_case(name), canonical_value(value));
    std::sort(headers.begin(), headers.end());
    return headers;
}

std::string joined_names(const std::vector<std::pair<std::string, std::string>>& headers)
{
    std::string names;
    for (const auto& [name, value] : headers) {
        if (!names.empty())
            names += ';';
        names += name;
    }
    return names;
}

} // namespace

scope scope::at(wall_time when, std::string region)
{
    return scope{sigv4_timestamp(when).substr(0, 8), std::move(region)};
}

std::string scope::str() const
{
    return date + '/' + region + '/' + service + "/aws4_request";
}

std::string signed_headers(const canonical_parts& parts)
{
    return joined_names(canonical_headers(parts));
}

canonical_form canonical(const canonical_parts& parts)
{
    constexpr std::size_t usual_length = 512;
    const auto headers = canonical_headers(parts);
    canonical_form form{joined_names(headers), {}};
    form.request.reserve(usual_length);
    form.request.append(parts.method).append("\n").append(parts.encoded_path).append("\n");
    form.request.append(canonical_query(parts.query)).append("\n");
    for (const auto& [name, value] : headers)
        form.request.append(name).append(":").append(value).append("\n");
    form.request.append("\n").append(form.signed_headers).append("\n").append(parts.payload_hash);
    return form;
}

std::string canonical_request(const canonical_parts& parts)
{
    return canonical(parts).request;
}

std::string string_to_sign(std::string_view timestamp, const scope& of, std::string_view canonical_request)
{
    std::string text(algorithm);
    text.append("\n").append(timestamp).append("\n").append(of.str()).append("\n");
    return text += sha256_hex(canonical_request);
}

sha256_digest derive_key(const secret& secret_key, const scope& of)
{
    const sha256_digest by_date = hmac_sha256("AWS4" + secret_key.reveal(), of.date);
    const sha256_digest by_region = hmac_sha256(as_bytes(by_date), of.region);
    const sha256_digest by_service = hmac_sha256(as_bytes(by_region), of.service);
    return hmac_sha256(as_bytes(by_service), "aws4_request");
}

std::string signature(const sha256_digest& key, std::string_view string_to_sign)
{
    return to_hex(as_bytes(hmac_sha256(as_bytes(key), string_to_sign)));
}

std::string authorization(
    std::string_view access_key, const scope& of, std::string_view signed_headers, std::string_view signature)
{
    std::string text(algorithm);
    text.append(" Credential=").append(access_key).append("/").append(of.str());
    text.append(",SignedHeaders=").append(signed_headers);
    return text.append(",Signature=").append(signature);
}

} // namespace fleetman::sigv4
