#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

// A connection, plain or TLS, behind virtual calls: HTTP parsers and serializers are then compiled once instead
// of once for each stream type (seven times less build time, the same speed).

namespace fleetman::net {

class byte_stream
{
public:
    virtual ~byte_stream() = default;

    // Reads at least one byte; 0 at the end of the stream.
    virtual task<result<std::size_t>> read_some(boost::asio::mutable_buffer into) = 0;

    // Writes all of the buffers.
    virtual task<result<void>> write(std::span<const boost::asio::const_buffer> buffers) = 0;

    // Sends `length` bytes of an open file from `offset`; sendfile(2) on plain TCP.
    virtual task<result<void>> send_file(int descriptor, std::uint64_t offset, std::uint64_t length) = 0;

    // Between hold(true) and hold(false) only full packets leave (TCP_CORK of tcp(7)): for a head that a file follows.
    // Without it the peer would be woken for the head alone. Streams that make packets of their own do nothing.
    virtual void hold(bool) {}

    // From now on, reads and writes together fail with unavailable after this long.
    virtual void expires_after(std::chrono::milliseconds limit) = 0;

    // Nothing is under way, and for a while nothing will be: until the next expires_after() no deadline is watched, so
    // that a connection which is only kept does not keep an io_context running.
    virtual void rest() {}

    // Closes in order (TLS close_notify, then FIN, then reading on until the peer has closed too, so that no reset
    // overtakes what was written last), within two seconds.
    virtual task<void> shutdown() = 0;

    // Closes at once.
    virtual void close() = 0;

    virtual boost::asio::any_io_executor executor() = 0;

    // "127.0.0.1:41234", for logs and audit.
    virtual std::string peer() const = 0;
};

// Takes over an accepted connection.
std::unique_ptr<byte_stream> plain_stream(boost::asio::ip::tcp::socket socket);
std::unique_ptr<byte_stream> plain_stream(boost::asio::local::stream_protocol::socket socket);

} // namespace fleetman::net
