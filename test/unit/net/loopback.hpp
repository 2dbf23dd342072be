#pragma once

#include <fleetman/net/connect.hpp>
#include <fleetman/testing/certificates.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <string>

// Listening ends for the tests of connections: plain, and TLS with a certificate of the test's choice.

namespace fleetman::testing {

namespace asio = boost::asio;
using asio::ip::tcp;

inline tcp::acceptor listening(const asio::any_io_executor& executor)
{
    return {executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
}

inline net::address address_of(const tcp::acceptor& acceptor)
{
    return {"127.0.0.1", acceptor.local_endpoint().port()};
}

inline std::string text(std::size_t length)
{
    std::string made(length, '\0');
    for (std::size_t i = 0; i < length; ++i)
        made[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return made;
}

inline task<result<std::string>> read_to_end(net::byte_stream& stream)
{
    std::string all;
    std::string block(16 * 1024, '\0');
    for (;;) {
        result<std::size_t> count = co_await stream.read_some(asio::buffer(block));
        if (!count)
            co_return count.error();
        if (*count == 0)
            co_return all;
        all.append(block, 0, *count);
    }
}

inline task<result<void>> write_all(net::byte_stream& stream, std::string bytes)
{
    const asio::const_buffer whole = asio::buffer(bytes);
    co_return co_await stream.write(std::span(&whole, 1));
}

// A file that goes away with the test.
class scratch_file
{
public:
    explicit scratch_file(const std::string& content)
        : path_(std::filesystem::temp_directory_path() /
                ("fleetman-net-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "-" +
                    std::to_string(std::chrono::steady_clock::now().time_since_epoch().count())))
    {
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~scratch_file() { std::filesystem::remove(path_); }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace fleetman::testing
