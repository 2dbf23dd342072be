#pragma once

#include <fleetman/core/semaphore.hpp>
#include <fleetman/net/byte_stream.hpp>
#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <memory>
#include <string>
#include <vector>

// HTTP/1.1 to one endpoint over kept-alive connections (RFC 9112), their number bounded.

namespace fleetman::s3 {

struct pooled_connection
{
    std::unique_ptr<net::byte_stream> stream;
    boost::beast::flat_buffer received; // bytes past what was parsed
};

class http_transport final : public transport
{
public:
    // `trust` is needed for TLS endpoints only.
    http_transport(const connection& to, std::shared_ptr<const net::tls_trust> trust);

    task<result<wire_response>> send(const wire_request& request, destination to) override;

private:
    task<result<semaphore::permit>> take_turn(semaphore of, milliseconds patience, std::string busy);
    task<result<std::unique_ptr<pooled_connection>>> connect();
    std::unique_ptr<pooled_connection> take_idle();
    void give_back(std::unique_ptr<pooled_connection> used);

    connection to_;
    std::shared_ptr<const net::tls_trust> trust_;
    semaphore permits_;
    semaphore uploads_;
    std::vector<std::unique_ptr<pooled_connection>> idle_; // the last one used is taken first
};

} // namespace fleetman::s3
