#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>

#include <string>
#include <string_view>

// What a failed operation on a socket means: one sentence for plain and TLS streams alike.

namespace fleetman::net {

inline error stream_failure(std::string_view doing, const boost::system::error_code& code)
{
    if (code == boost::beast::error::timeout)
        return {errc::unavailable, std::string(doing) + ": the peer was too slow"};
    if (code == boost::asio::error::operation_aborted)
        return {errc::cancelled, std::string(doing) + ": stopped"};
    return {errc::unavailable, std::string(doing) + ": " + code.message()};
}

} // namespace fleetman::net
