// SPDX-License-Identifier: Apache-2.0
// Writes an image so that a reader sees the old file or the new one, never a part; a new file, whole or not at all.
#ifndef CORSAC_CLI_IMAGE_FILE_H
#define CORSAC_CLI_IMAGE_FILE_H

#include "cli/support.h"

/**
 * Writes to a temporary file in the target's directory, syncs and renames. "-" and targets that are
 * not regular files (a pipe, /dev/null) are written directly. @return false after a message.
 */
bool cli_image_write(const char *path, corsac_str bytes);

/**
 * The same for a file that must not exist yet, on a file system with hard links.
 * @param secret  readable by the owner only. @return 0 or an error number of errno.h, and no message.
 */
int cli_file_create(const char *path, corsac_str bytes, bool secret);

#endif
