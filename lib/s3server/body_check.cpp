#include "body_check.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace fleetman::s3server {

namespace {

constexpr std::size_t block_bytes = 1'048'576;

} // namespace

result<body_reading> body_reading::begin(const body_store& bodies, index_reader& index, kept_body of)
{
    body_reading reading(std::move(of));
    const kept_body& wanted = reading.of_;
    if (wanted.small) {
        result<std::optional<std::string>> bytes = index.small_body(*wanted.small);
        if (!bytes)
            return bytes.error();
        reading.lost_ = !*bytes;
        reading.bytes_ = std::move(*bytes).value_or("");
    } else if (!wanted.file.empty()) {
        result<file_descriptor> file = bodies.read(wanted.file);
        if (!file && file.error().code() != errc::not_found)
            return file.error();
        reading.lost_ = !file;
        if (file)
            reading.file_ = std::move(*file);
    }
    return reading;
}

result<bool> body_reading::go_on()
{
    std::string block;
    if (file_) {
        block.resize(block_bytes);
        ssize_t length = -1;
        do
            length = ::pread(*file_, block.data(), block.size(), static_cast<off_t>(read_));
        while (length < 0 && errno == EINTR);
        if (length < 0)
            return error(errc::failed, "read the body " + of_.file + ": " + std::system_category().message(errno));
        block.resize(static_cast<std::size_t>(length));
    } else {
        block = std::exchange(bytes_, {});
    }
    if (block.empty()) {
        conclude();
        return false;
    }
    hash_.update(block);
    read_ += block.size();
    return true;
}

void body_reading::conclude()
{
    sha256_ = to_hex(hash_.finish());
    if (lost_)
        damage_ = "its body is gone";
    else if (read_ != of_.size)
        damage_ = "its body has " + std::to_string(read_) + " bytes in place of " + std::to_string(of_.size);
    else if (!of_.sha256.empty() && sha256_ != of_.sha256)
        damage_ = "its body has another SHA-256 than what was put";
}

} // namespace fleetman::s3server
