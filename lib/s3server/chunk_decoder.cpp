#include "chunk_decoder.hpp"
#include "faults.hpp"

#include <fleetman/core/text.hpp>

#include <algorithm>
#include <charconv>

namespace fleetman::s3server {

namespace {

constexpr std::size_t longest_line = 1024;
constexpr std::size_t most_trailer_fields = 16;

error broken(std::string_view what)
{
    return make_error(fault::invalid_request, "The aws-chunked body is malformed: " + std::string(what));
}

std::optional<std::uint64_t> hex_number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

chunk_decoder::chunk_decoder(body_claim claim, std::uint64_t decoded_length)
    : claim_(std::move(claim)), left_(decoded_length),
      previous_signature_(claim_.signing ? claim_.signing->seed : std::string())
{}

result<void> chunk_decoder::feed(std::string_view coded, std::string& body)
{
    while (!coded.empty()) {
        if (at_ == part::end)
            return broken("bytes follow its end");
        if (at_ == part::data) {
            const std::string_view piece = coded.substr(0, chunk_left_);
            if (claim_.signing)
                chunk_hash_.update(piece);
            body.append(piece);
            chunk_left_ -= piece.size();
            coded.remove_prefix(piece.size());
            if (chunk_left_ == 0)
                at_ = part::data_end;
            continue;
        }
        const std::size_t end = coded.find('\n');
        line_.append(coded.substr(0, end == std::string_view::npos ? end : end + 1));
        if (line_.size() > longest_line)
            return broken("a line is too long");
        if (end == std::string_view::npos)
            return {};
        coded.remove_prefix(end + 1);
        if (!line_.ends_with("\r\n"))
            return broken("a line has no proper end");
        line_.resize(line_.size() - 2);
        result<void> taken = take_line(line_);
        if (!taken)
            return taken;
        line_.clear();
    }
    return {};
}

result<void> chunk_decoder::take_line(std::string_view line)
{
    switch (at_) {
    case part::chunk_header: return begin_chunk(line);
    case part::data_end:
        if (!line.empty())
            return broken("a chunk is longer than it says");
        return end_chunk();
    default: break;
    }
    if (line.empty())
        return end_trailer();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || trailer_.size() == most_trailer_fields)
        return broken("its trailer");
    const std::string name = lower_case(trimmed(line.substr(0, colon)));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "x-amz-trailer-signature")
        trailer_signature_ = value;
    else
        trailer_.emplace_back(name, value);
    return {};
}

result<void> chunk_decoder::begin_chunk(std::string_view line)
{
    constexpr std::string_view extension = "chunk-signature=";
    const std::size_t semicolon = std::min(line.find(';'), line.size());
    const std::optional<std::uint64_t> length = hex_number(line.substr(0, semicolon));
    if (!length)
        return broken("a chunk's length");
    if (*length > left_)
        return make_error(fault::incomplete_body, "The body is longer than x-amz-decoded-content-length");
    chunk_signature_.clear();
    if (semicolon != line.size() && line.substr(semicolon + 1).starts_with(extension))
        chunk_signature_ = line.substr(semicolon + 1 + extension.size());
    left_ -= *length;
    chunk_left_ = *length;
    last_chunk_ = *length == 0;
    at_ = part::data;
    if (!last_chunk_)
        return {};
    if (left_ != 0)
        return make_error(fault::incomplete_body, "The body is shorter than x-amz-decoded-content-length");
    if (!claim_.trailer) {
        at_ = part::data_end;
        return {};
    }
    return end_chunk(); // fields follow at once, without a line between
}

result<void> chunk_decoder::end_chunk()
{
    at_ = !last_chunk_ ? part::chunk_header : claim_.trailer ? part::trailer : part::end;
    if (!claim_.signing)
        return {};
    static const std::string hash_of_nothing = sha256_hex("");
    const std::string covered = hash_of_nothing + "\n" + to_hex(chunk_hash_.finish());
    return check_signature("AWS4-HMAC-SHA256-PAYLOAD", covered, chunk_signature_);
}

result<void> chunk_decoder::end_trailer()
{
    at_ = part::end;
    if (!claim_.signing)
        return {};
    std::string canonical;
    for (const auto& [name, value] : trailer_)
        canonical.append(name).append(":").append(value).append("\n");
    return check_signature("AWS4-HMAC-SHA256-TRAILER", sha256_hex(canonical), trailer_signature_);
}

result<void> chunk_decoder::check_signature(std::string_view kind, std::string_view covered, std::string_view claimed)
{
    std::string to_sign(kind);
    to_sign.append("\n").append(claim_.signing->timestamp).append("\n").append(claim_.signing->scope);
    to_sign.append("\n").append(previous_signature_).append("\n").append(covered);
    std::string expected = sigv4::signature(claim_.signing->key, to_sign);
    if (!equal_constant_time(claimed, expected))
        return make_error(fault::signature_does_not_match);
    previous_signature_ = std::move(expected);
    return {};
}

task<result<std::string>> decoded_body::read(std::size_t max)
{
    std::string body;
    while (body.empty()) {
        // The coding only adds bytes, so a piece of `max` never decodes to more.
        result<std::string> coded = co_await from_.read(max);
        if (!coded)
            co_return coded.error();
        if (coded->empty()) {
            if (!decoder_.finished())
                co_return make_error(fault::incomplete_body);
            co_return body;
        }
        result<void> fed = decoder_.feed(*coded, body);
        if (!fed)
            co_return fed.error();
    }
    co_return body;
}

} // namespace fleetman::s3server
