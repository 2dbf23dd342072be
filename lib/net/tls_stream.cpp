#include "failure.hpp"
#include "tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <vector>

namespace fleetman::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds closing_time{2};
constexpr std::size_t file_block_bytes = 262'144;

class tls final : public byte_stream
{
public:
    tls(tcp::socket socket, std::shared_ptr<const tls_trust> trust)
        : trust_(std::move(trust)), stream_(std::move(socket), trust_->get().context)
    {
        boost::system::error_code ignored;
        const tcp::endpoint remote = beast::get_lowest_layer(stream_).socket().remote_endpoint(ignored);
        const std::string host = remote.address().to_string();
        peer_ = (remote.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(remote.port());
    }

    task<result<void>> handshake(std::string host);

    task<result<std::size_t>> read_some(asio::mutable_buffer into) override
    {
        const auto [failure, length] = co_await stream_.async_read_some(into, quietly);
        if (failure == asio::error::eof)
            co_return std::size_t{0};
        if (failure)
            co_return stream_failure("receive", failure);
        co_return length;
    }

    task<result<void>> write(std::span<const asio::const_buffer> buffers) override
    {
        const auto [failure, length] = co_await asio::async_write(stream_, buffers, quietly);
        if (failure)
            co_return stream_failure("send", failure);
        co_return result<void>();
    }

    task<result<void>> send_file(int descriptor, std::uint64_t offset, std::uint64_t length) override;

    void expires_after(std::chrono::milliseconds limit) override
    {
        beast::get_lowest_layer(stream_).expires_after(limit);
    }

    task<void> shutdown() override
    {
        beast::get_lowest_layer(stream_).expires_after(closing_time);
        co_await stream_.async_shutdown(quietly);
        close();
    }

    void close() override { beast::get_lowest_layer(stream_).close(); }
    asio::any_io_executor executor() override { return stream_.get_executor(); }
    std::string peer() const override { return peer_; }

private:
    std::shared_ptr<const tls_trust> trust_;
    beast::ssl_stream<beast::tcp_stream> stream_;
    std::string peer_;
};

// What the certificate lacks, in OpenSSL's words ("certificate has expired"); empty when it was not the certificate.
std::string certificate_fault(SSL* session)
{
    const long verdict = SSL_get_verify_result(session);
    return verdict == X509_V_OK ? std::string() : X509_verify_cert_error_string(verdict);
}

task<result<void>> tls::handshake(std::string host)
{
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    // RFC 6066 section 3: no literal addresses in SNI.
    if (not_an_address && SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str()) != 1)
        co_return error(errc::failed, "TLS: cannot name the host \"" + host + '"');
    stream_.set_verify_mode(trust_->get().verified ? asio::ssl::verify_peer : asio::ssl::verify_none);
    bool wrong_host = false;
    stream_.set_verify_callback(
        [&wrong_host, any = !trust_->get().verified, names = asio::ssl::host_name_verification(host)](
            bool chain_holds, asio::ssl::verify_context& seen) {
            const bool holds = any || names(chain_holds, seen);
            wrong_host = chain_holds && !holds;
            return holds;
        });

    const auto [failure] = co_await stream_.async_handshake(asio::ssl::stream_base::client, quietly);
    stream_.set_verify_callback([](bool chain_holds, asio::ssl::verify_context&) { return chain_holds; });
    if (!failure)
        co_return result<void>();
    if (wrong_host)
        co_return error(errc::denied, "TLS: the certificate is not for " + host);
    if (const std::string fault = certificate_fault(stream_.native_handle()); !fault.empty())
        co_return error(errc::denied, "TLS: the certificate is not trusted: " + fault);
    co_return stream_failure("TLS handshake", failure);
}

// No sendfile through TLS: read and encrypt in blocks.
task<result<void>> tls::send_file(int descriptor, std::uint64_t offset, std::uint64_t length)
{
    std::vector<char> block(static_cast<std::size_t>(std::min<std::uint64_t>(length, file_block_bytes)));
    while (length != 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, block.size()));
        const ssize_t got = ::pread(descriptor, block.data(), wanted, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            co_return error(errc::failed, "send file: it ended " + std::to_string(length) + " bytes early");
        const asio::const_buffer piece(block.data(), static_cast<std::size_t>(got));
        result<void> sent = co_await write(std::span(&piece, 1));
        if (!sent)
            co_return sent.error();
        offset += static_cast<std::uint64_t>(got);
        length -= static_cast<std::uint64_t>(got);
    }
    co_return result<void>();
}

} // namespace

task<result<std::unique_ptr<byte_stream>>> start_tls(
    tcp::socket socket, std::string host, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit)
{
    auto stream = std::make_unique<tls>(std::move(socket), std::move(trust));
    stream->expires_after(limit);
    result<void> agreed = co_await stream->handshake(std::move(host));
    if (!agreed)
        co_return agreed.error();
    co_return std::unique_ptr<byte_stream>(std::move(stream));
}

tls_trust::tls_trust(std::unique_ptr<impl> loaded) : impl_(std::move(loaded)) {}
tls_trust::~tls_trust() = default;

// Reading the system's certificates takes time and memory, so all who need them share one copy.
result<std::shared_ptr<const tls_trust>> tls_trust::system()
{
    static std::mutex guard;
    static std::weak_ptr<const tls_trust> shared;
    const std::lock_guard<std::mutex> locked(guard);
    if (auto kept = shared.lock())
        return kept;

    auto loaded = std::make_unique<impl>();
    boost::system::error_code failure;
    loaded->context.set_default_verify_paths(failure);
    if (failure)
        return error(errc::failed, "TLS: cannot load the system's certificates: " + failure.message());
    auto made = std::make_shared<const tls_trust>(std::move(loaded));
    shared = made;
    return made;
}

result<std::shared_ptr<const tls_trust>> tls_trust::from_file(const std::filesystem::path& pem)
{
    auto loaded = std::make_unique<impl>();
    boost::system::error_code failure;
    loaded->context.load_verify_file(pem.string(), failure);
    if (failure)
        return error(errc::failed, "TLS: cannot load certificates from " + pem.string() + ": " + failure.message());
    return std::make_shared<const tls_trust>(std::move(loaded));
}

std::shared_ptr<const tls_trust> tls_trust::unverified()
{
    auto loaded = std::make_unique<impl>();
    loaded->verified = false;
    return std::make_shared<const tls_trust>(std::move(loaded));
}

} // namespace fleetman::net
