-- What the system remembers about its own surroundings, such as the secret of the webhook endpoint it has registered.
CREATE TABLE ops.setting (
    key text PRIMARY KEY,
    value text NOT NULL
);
