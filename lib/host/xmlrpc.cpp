#include <fleetman/core/text.hpp>
#include <fleetman/host/xmlrpc.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <pugixml.hpp>

#include <sstream>

namespace fleetman::host {
namespace json = boost::json;
namespace {

constexpr unsigned deepest = 16; // of values in values; supervisord's have 4

error not_an_answer(std::string_view why)
{
    return error(errc::failed, "the answer is no XML-RPC: " + std::string(why));
}

result<json::value> value_of(const pugi::xml_node& value, unsigned depth);

result<json::value> object_of(const pugi::xml_node& members, unsigned depth) // NOLINT(misc-no-recursion)
{
    json::object made;
    for (const pugi::xml_node& member : members.children("member")) {
        result<json::value> held = value_of(member.child("value"), depth);
        if (!held)
            return held;
        made.insert_or_assign(member.child_value("name"), *std::move(held));
    }
    return json::value(std::move(made));
}

result<json::value> array_of(const pugi::xml_node& array, unsigned depth) // NOLINT(misc-no-recursion)
{
    json::array made;
    for (const pugi::xml_node& item : array.child("data").children("value")) {
        result<json::value> held = value_of(item, depth);
        if (!held)
            return held;
        made.push_back(*std::move(held));
    }
    return json::value(std::move(made));
}

// A <value>: one typed element, or bare text, which is a string.
result<json::value> value_of(const pugi::xml_node& value, unsigned depth) // NOLINT(misc-no-recursion)
{
    if (!value)
        return not_an_answer("a value is missing");
    if (depth == deepest)
        return not_an_answer("it is nested too deep");
    const pugi::xml_node typed = value.find_child([](const auto& n) { return n.type() == pugi::node_element; });
    const std::string_view type = typed.name();
    const std::string_view text = typed.child_value();
    if (type.empty())
        return json::value(json::string(value.child_value()));
    if (type == "string")
        return json::value(json::string(text.data(), text.size()));
    if (type == "struct")
        return object_of(typed, depth + 1);
    if (type == "array")
        return array_of(typed, depth + 1);
    if (type == "boolean" && (text == "0" || text == "1"))
        return json::value(text == "1");
    if (type == "int" || type == "i4" || type == "i8")
        if (const auto number = parse_integer<std::int64_t>(trimmed(text)))
            return json::value(*number);
    if (type == "nil")
        return json::value(nullptr);
    return not_an_answer("a value of the kind " + in_quotes(type));
}

rpc_fault fault_of(const json::value& said)
{
    rpc_fault fault{.code = 0, .text = "a fault without words"};
    const json::object* const fields = said.if_object();
    if (fields == nullptr)
        return fault;
    if (const json::value* const code = fields->if_contains("faultCode"); code != nullptr && code->is_int64())
        fault.code = static_cast<int>(code->get_int64());
    if (const json::value* const text = fields->if_contains("faultString"); text != nullptr && text->is_string())
        fault.text = text->get_string().c_str();
    return fault;
}

} // namespace

std::string rpc_request(std::string_view method, const std::vector<rpc_argument>& arguments)
{
    pugi::xml_document document;
    pugi::xml_node call = document.append_child("methodCall");
    call.append_child("methodName").text().set(std::string(method).c_str());
    pugi::xml_node params = call.append_child("params");
    for (const rpc_argument& argument : arguments) {
        pugi::xml_node value = params.append_child("param").append_child("value");
        if (const bool* const flag = std::get_if<bool>(&argument))
            value.append_child("boolean").text().set(*flag ? "1" : "0");
        else
            value.append_child("string").text().set(std::get<std::string>(argument).c_str());
    }
    std::ostringstream text;
    document.save(text, "", pugi::format_raw);
    return text.str();
}

result<rpc_answer> parse_rpc_answer(std::string_view xml)
{
    pugi::xml_document document;
    // No DTD, no external entities: pugixml resolves none. Blanks count, since they may be all of a string.
    const auto read = document.load_buffer(
        xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata_single, pugi::encoding_utf8);
    const pugi::xml_node answer = document.child("methodResponse");
    if (!read || !answer)
        return not_an_answer(read ? "it has no methodResponse" : read.description());
    if (const pugi::xml_node fault = answer.child("fault")) {
        const result<json::value> said = value_of(fault.child("value"), 0);
        return said ? result<rpc_answer>(rpc_answer{nullptr, fault_of(*said)}) : said.error();
    }
    result<json::value> value = value_of(answer.child("params").child("param").child("value"), 0);
    if (!value)
        return value.error();
    return rpc_answer{*std::move(value), std::nullopt};
}

} // namespace fleetman::host
