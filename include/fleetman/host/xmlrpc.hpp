#pragma once

#include <fleetman/core/result.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Calls and answers of XML-RPC (xmlrpc.com/spec.md), as far as supervisord speaks it. Answers come from outside: what
// is none is an error, and depth is bounded. Pure.

namespace fleetman::host {

using rpc_argument = std::variant<std::string, bool>;

std::string rpc_request(std::string_view method, const std::vector<rpc_argument>& arguments);

struct rpc_fault
{
    int code{};
    std::string text;
};

struct rpc_answer
{
    boost::json::value value;       // structs are objects, ints of all kinds integers; null with a fault
    std::optional<rpc_fault> fault; // the method was called and said no
};

// Fails with failed when the text is no <methodResponse>.
result<rpc_answer> parse_rpc_answer(std::string_view xml);

} // namespace fleetman::host
