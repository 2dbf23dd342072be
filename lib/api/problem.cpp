#include <fleetman/api/problem.hpp>
#include <fleetman/core/text.hpp>

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_category.hpp>

#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using http::status;

namespace {

// Messages may quote what a client or a store said, which is not always text.
json::object document(status code, std::string_view detail, std::string_view instance)
{
    return {{"type", "about:blank"}, {"title", std::string_view(boost::beast::http::obsolete_reason(code))},
        {"status", static_cast<unsigned>(code)}, {"detail", as_utf8(detail)}, {"instance", as_utf8(instance)}};
}

http::response answer(status code, const json::object& body)
{
    return http::response::text(code, json::serialize(body), "application/problem+json");
}

class status_category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "http"; }
    std::string message(int value) const override
    {
        return std::string(boost::beast::http::obsolete_reason(static_cast<status>(value)));
    }
};

const status_category& statuses() noexcept
{
    static const status_category instance;
    return instance;
}

} // namespace

error refusal(status code, std::string message)
{
    return {boost::system::error_code(static_cast<int>(code), statuses()), std::move(message)};
}

status status_of(const error& why)
{
    if (why.code().category() == statuses())
        return static_cast<status>(why.code().value());
    const bool by_store = why.store() != nullptr;
    if (why.code() == errc::not_found)
        return status::not_found;
    if (why.code() == errc::conflict)
        return status::conflict;
    if (why.code() == errc::invalid)
        return status::unprocessable_entity;
    if (why.code() == errc::denied)
        return by_store ? status::bad_gateway : status::forbidden;
    if (why.code() == errc::too_large)
        return status::payload_too_large;
    if (why.code() == errc::unsupported)
        return status::not_implemented;
    if (why.code() == errc::unavailable || why.code() == errc::cancelled)
        return status::service_unavailable;
    return status::bad_gateway; // someone else's failure; our own bugs are exceptions
}

http::response problem(status code, std::string_view detail, std::string_view instance, json::object more)
{
    json::object body = document(code, detail, instance);
    for (auto& member : more)
        body.insert_or_assign(member.key(), std::move(member.value()));
    return answer(code, body);
}

http::response problem(const error& why, std::string_view instance)
{
    const status code = status_of(why);
    json::object body = document(code, why.message(), instance);
    if (!why.fields().empty()) {
        json::array errors;
        for (const field_error& one : why.fields())
            errors.push_back(json::object{{"field", as_utf8(one.field)}, {"message", as_utf8(one.message)}});
        body.emplace("errors", std::move(errors));
    }
    if (const store_fault* fault = why.store())
        body.emplace("s3", json::object{{"code", as_utf8(fault->code)}, {"message", as_utf8(fault->message)},
                               {"request_id", as_utf8(fault->request_id)}});
    return answer(code, body);
}

} // namespace fleetman::api
