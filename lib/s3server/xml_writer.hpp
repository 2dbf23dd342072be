#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Writes the XML of S3's answers, which is elements and text only.

namespace fleetman::s3server {

class xml_writer
{
public:
    // The root carries S3's namespace unless it is an error, as S3 does it.
    explicit xml_writer(std::string_view root, bool with_namespace = true);

    xml_writer& begin(std::string_view element);
    xml_writer& end();
    xml_writer& text(std::string_view element, std::string_view value);
    xml_writer& number(std::string_view element, std::uint64_t value);
    xml_writer& flag(std::string_view element, bool value);

    // Closes what is open.
    std::string finish();

private:
    std::string document_;
    std::vector<std::string> open_;
};

} // namespace fleetman::s3server
