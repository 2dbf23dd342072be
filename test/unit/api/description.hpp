#pragma once

#include <fleetman/http/message.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

// static/openapi.json as a judge: whether an answer is one that the document describes.

namespace fleetman::testing {

class description
{
public:
    description();

    const boost::json::value& document() const { return document_; }
    const boost::json::object& paths() const { return document_.at("paths").as_object(); }

    struct answer
    {
        std::string_view method; // "get"
        std::string_view path;   // as the document has it: "/api/v1/agents/{node}"; empty: no route
        unsigned status{};
        const http::headers& fields;
        const std::string& body;
    };
    // What is wrong with it; empty when nothing is.
    std::vector<std::string> faults(const answer& given) const;

private:
    const boost::json::object* response(const answer& given) const;

    boost::json::value document_;
};

} // namespace fleetman::testing
