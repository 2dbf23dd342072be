#pragma once

#include "request_head.hpp"

#include <fleetman/http/server.hpp>
#include <fleetman/net/byte_stream.hpp>

#include <memory>
#include <set>
#include <string>

// One accepted connection: requests in turn until either side has had enough.

namespace fleetman::http {

class connection;

// What all connections of a server share.
struct server_state
{
    std::string name;
    handler serve;
    refusal_writer refuse;
    server_limits limits;
    bool stopping = false;
    std::set<connection*> open;
};

class connection
{
public:
    connection(std::shared_ptr<server_state> server, std::unique_ptr<net::byte_stream> stream);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // Serves requests until the connection is closed.
    task<void> run();

    // Closes at once when no request is under way.
    void close_if_idle();

private:
    task<bool> serve_one();
    task<bool> answer(parsed_head& head, request_parser& parser);
    task<response> call_handler(request& message);
    task<void> refuse(refusal why);

    std::shared_ptr<server_state> server_;
    std::unique_ptr<net::byte_stream> stream_;
    incoming incoming_;
    bool idle_ = true;
};

} // namespace fleetman::http
