#include <fleetman/core/digest.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <initializer_list>
#include <memory>
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

// A thread's own: to make one takes as long as to hash a short text.
EVP_MD_CTX* own_context()
{
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return context.get();
}

sha256_digest sha256_of(std::initializer_list<std::string_view> pieces)
{
    EVP_MD_CTX* const context = own_context();
    require(EVP_DigestInit_ex2(context, fetched(hash::sha256), nullptr));
    for (const std::string_view piece : pieces)
        require(EVP_DigestUpdate(context, piece.data(), piece.size()));
    sha256_digest digest{};
    require(EVP_DigestFinal_ex(context, digest.data(), nullptr));
    return digest;
}

// The key as it is put before a message, and gone from memory afterwards.
class padded_key
{
public:
    padded_key(std::string_view key, unsigned char pad)
    {
        bytes_.fill(static_cast<char>(pad));
        for (std::size_t i = 0; i < key.size(); ++i)
            bytes_.at(i) = static_cast<char>(static_cast<unsigned char>(key[i]) ^ pad);
    }
    ~padded_key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
    padded_key(const padded_key&) = delete;
    padded_key& operator=(const padded_key&) = delete;

    static constexpr std::size_t block = 64; // of SHA-256, in bytes

    std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

private:
    std::array<char, block> bytes_{};
};

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
    std::string text(bytes.size() * 2, '\0');
    char* at = text.data();
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
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
    return sha256_of({bytes});
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

// Over OpenSSL's digest rather than by its HMAC(), which looks up two algorithms by their names at every call: each
// request has one.
sha256_digest hmac_sha256(std::string_view key, std::string_view message)
{
    constexpr unsigned char inner = 0x36;
    constexpr unsigned char outer = 0x5c;
    sha256_digest shortened{};
    if (key.size() > padded_key::block) {
        shortened = sha256(key);
        key = as_bytes(shortened);
    }
    const sha256_digest within = sha256_of({padded_key(key, inner).bytes(), message});
    return sha256_of({padded_key(key, outer).bytes(), as_bytes(within)});
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
