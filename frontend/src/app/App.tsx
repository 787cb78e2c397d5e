import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { Frame } from "@/frame/Frame";
import { LiveProvider } from "./LiveProvider";
import { newQueryClient } from "./queryClient";
import { theme } from "./theme";

export function App() {
  const [client] = useState(newQueryClient);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <LiveProvider>
          <Frame />
          <Notifications position="bottom-right" autoClose={5000} limit={3} />
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
