#include <fleetman/api/problem.hpp>
#include <fleetman/api/request_context.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace fleetman::api {

namespace json = boost::json;
using http::field;
using http::status;

namespace {

constexpr std::size_t max_json_depth = 16;

std::string digest_of(const std::string& text)
{
    constexpr std::size_t digits = 16; // enough to tell writings apart; nothing is secured by it
    return sha256_hex(text).substr(0, digits);
}

// The entity tags of a list ("a", W/"b"), without quotes.
std::vector<std::string> entity_tags(std::string_view list)
{
    std::vector<std::string> tags;
    for (const std::string& one : split(list, ',')) {
        std::string_view tag = trimmed(one);
        if (tag.starts_with("W/"))
            tag.remove_prefix(2);
        if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"')
            tag = tag.substr(1, tag.size() - 2);
        tags.emplace_back(tag);
    }
    return tags;
}

http::response json_answer(status code, const json::value& body)
{
    return http::response::text(code, json::serialize(body), "application/json");
}

result<json::object> parse_object(const std::string& text)
{
    json::parse_options options;
    options.max_depth = max_json_depth;
    boost::system::error_code wrong;
    json::value body = json::parse(text, wrong, {}, options);
    if (wrong)
        return error(errc::invalid, "the body is not JSON: " + wrong.message());
    if (!body.is_object())
        return error(errc::invalid, "the body must be a JSON object");
    return std::move(body.as_object());
}

} // namespace

// In an answer's tag the part before the dot is this, of what can be edited; the other is of the whole body.
std::string edit_tag(const json::value& editable)
{
    return digest_of(json::serialize(editable));
}

control::actor request_context::actor() const
{
    return caller().who ? caller().who->who : control::actor{.name = "", .from = caller().address};
}

result<model::cell_ref> request_context::cell() const
{
    auto node = model::node_id::load(variable("node"));
    if (!node)
        return node.error();
    auto cell = model::cell_id::load(variable("cell"));
    if (!cell)
        return cell.error();
    return model::cell_ref{std::move(*node), std::move(*cell)};
}

task<result<json::object>> request_context::json() const
{
    const result<std::string> text = co_await request_->read_body(body_max_bytes);
    if (!text)
        co_return text.error();
    co_return parse_object(*text);
}

task<result<json::object>> request_context::optional_json() const
{
    const result<std::string> text = co_await request_->read_body(body_max_bytes);
    if (!text)
        co_return text.error();
    co_return text->empty() ? result<json::object>(json::object()) : parse_object(*text);
}

std::string request_context::parameter(std::string_view name) const
{
    const std::string* value = request_->parameter(name);
    return value != nullptr ? *value : std::string();
}

result<bool> request_context::flag(std::string_view name) const
{
    const std::string* text = request_->parameter(name);
    if (text == nullptr || *text == "false")
        return false;
    if (*text == "true")
        return true;
    return error(errc::invalid, std::string(name) + " must be true or false");
}

result<std::optional<std::chrono::seconds>> request_context::wait() const
{
    const std::string* text = request_->parameter("wait");
    if (text == nullptr)
        return std::optional<std::chrono::seconds>();
    const auto seconds = parse_integer<unsigned>(*text);
    if (!seconds || std::chrono::seconds(*seconds) > longest_wait)
        return error(errc::invalid, "wait must be 0 to " + std::to_string(longest_wait.count()) + " seconds");
    return std::optional(std::chrono::seconds(*seconds));
}

http::response request_context::problem(const error& why) const
{
    return api::problem(why, request_->path);
}

http::response request_context::problem(status code, std::string_view detail) const
{
    return api::problem(code, detail, request_->path);
}

http::response request_context::one(const json::value& body, const json::value& editable) const
{
    const std::string text = json::serialize(body);
    const std::string tag = edit_tag(editable) + '.' + digest_of(text);
    const bool looks = request_->method == http::verb::get || request_->method == http::verb::head;
    http::response answer = looks && knows_etag(tag) ? http::response::empty(status::not_modified)
                                                     : http::response::text(status::ok, text, "application/json");
    answer.set(field::etag, '"' + tag + '"');
    return answer;
}

result<void> request_context::unchanged(const json::value& editable) const
{
    return unchanged_etag(edit_tag(editable));
}

result<void> request_context::unchanged_etag(std::string_view etag) const
{
    const std::string_view condition = request_->header(field::if_match);
    if (condition.empty())
        return {};
    for (const std::string& tag : entity_tags(condition))
        if (tag == "*" ? !etag.empty() : tag == etag || tag.substr(0, tag.find('.')) == etag)
            return {};
    return refusal(status::precondition_failed, "it has changed since you read it; read it again, then decide");
}

bool request_context::knows_etag(std::string_view etag) const
{
    const std::string_view list = request_->header(field::if_none_match);
    if (list.empty())
        return false;
    const std::vector<std::string> known = entity_tags(list);
    return std::ranges::any_of(known, [&](const std::string& one) { return one == etag || one == "*"; });
}

http::response request_context::ok(const json::value& body) const
{
    return json_answer(status::ok, body);
}

http::response request_context::created(std::string_view location, const json::value& body) const
{
    return json_answer(status::created, body).set(field::location, location);
}

http::response request_context::accepted(std::string_view location, const json::value& body) const
{
    return json_answer(status::accepted, body).set(field::location, location);
}

http::response request_context::no_content() const
{
    return http::response::empty(status::no_content);
}

std::string url_segment(std::string_view text)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', hex[byte >> 4], hex[byte & 15]};
    }
    return encoded;
}

} // namespace fleetman::api
