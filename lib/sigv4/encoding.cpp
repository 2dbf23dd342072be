#include <fleetman/sigv4/encoding.hpp>

#include <algorithm>
#include <array>

namespace fleetman::sigv4 {
namespace {

// By byte: A-Z a-z 0-9 - . _ ~.
constexpr std::array<bool, 256> unreserved = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

std::string encode_all_but(std::string_view text, char kept)
{
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size() + text.size() / 4);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (unreserved[byte] || c == kept) {
            encoded += c;
            continue;
        }
        encoded += '%';
        encoded += digits[byte >> 4];
        encoded += digits[byte & 15];
    }
    return encoded;
}

} // namespace

std::string encode(std::string_view text)
{
    return encode_all_but(text, '~'); // which is unreserved anyway
}

std::string encode_path(std::string_view path)
{
    return encode_all_but(path, '/');
}

std::string canonical_query(const query_parameters& parameters)
{
    query_parameters encoded;
    encoded.reserve(parameters.size());
    for (const auto& [name, value] : parameters)
        encoded.emplace_back(encode(name), encode(value));
    std::sort(encoded.begin(), encoded.end());

    std::string text;
    for (const auto& [name, value] : encoded) {
        if (!text.empty())
            text += '&';
        text.append(name).append("=").append(value);
    }
    return text;
}

} // namespace fleetman::sigv4
