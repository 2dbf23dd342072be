#include <fleetman/core/digest.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>
#include <utility>

namespace fleetman {
namespace {

// Fetched once: EVP_sha256() looks the implementation up again at every init (OpenSSL 3 migration guide).
const EVP_MD* fetched(hash kind)
{
    static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
    static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    switch (kind) {
    case hash::md5: return md5;
    case hash::sha1: return sha1;
    case hash::sha256: return sha256;
    }
    __builtin_unreachable();
}

void require(int outcome)
{
    if (outcome != 1)
        throw std::runtime_error("OpenSSL refused a digest operation");
}

} // namespace

struct hasher::state
{
    explicit state(hash k) : kind(k), context(EVP_MD_CTX_new()) { restart(); }
    ~state() { EVP_MD_CTX_free(context); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void restart() { require(EVP_DigestInit_ex2(context, fetched(kind), nullptr)); }

    hash kind;
    EVP_MD_CTX* context;
};

hasher::hasher(hash kind) : state_(std::make_unique<state>(kind)) {}
hasher::~hasher() = default;
hasher::hasher(hasher&&) noexcept = default;
hasher& hasher::operator=(hasher&&) noexcept = default;

void hasher::update(std::string_view bytes)
{
    require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
}

std::string hasher::finish()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    require(EVP_DigestFinal_ex(state_->context, digest.data(), &length));
    state_->restart();
    return std::string(digest.begin(), digest.begin() + length);
}

std::string to_hex(std::string_view bytes)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string to_base64(std::string_view bytes)
{
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto at = [&](std::size_t n) {
            return i + n < bytes.size() ? static_cast<unsigned char>(bytes[i + n]) : 0U;
        };
        const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
        text += digits[group >> 18];
        text += digits[group >> 12 & 63];
        text += i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? digits[group & 63] : '=';
    }
    return text;
}

sha256_digest sha256(std::string_view bytes)
{
    sha256_digest digest{};
    require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, fetched(hash::sha256), nullptr));
    return digest;
}

std::string sha256_hex(std::string_view bytes)
{
    return to_hex(as_bytes(sha256(bytes)));
}

std::string md5_hex(std::string_view bytes)
{
    hasher md5(hash::md5);
    md5.update(bytes);
    return to_hex(md5.finish());
}

std::string md5_base64(std::string_view bytes)
{
    hasher md5(hash::md5);
    md5.update(bytes);
    return to_base64(md5.finish());
}

sha256_digest hmac_sha256(std::string_view key, std::string_view message)
{
    sha256_digest digest{};
    unsigned length = 0;
    const auto* text = reinterpret_cast<const unsigned char*>(message.data());
    if (HMAC(fetched(hash::sha256), key.data(), static_cast<int>(key.size()), text, message.size(), digest.data(),
            &length) == nullptr)
        throw std::runtime_error("OpenSSL refused an HMAC");
    return digest;
}

std::string_view as_bytes(const sha256_digest& digest)
{
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool equal_constant_time(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace fleetman
