/** What a new workflow begins with: two nodes that any server can run. */
export const blankSource = `id: my-workflow
name: My workflow
input:
  type: object
  properties:
    who:
      type: string
      title: Who is greeted
      default: world
nodes:
  - id: wait
    name: Wait
    type: delay
    with:
      duration: 2s
  - id: greet
    name: Greet
    type: publish
    with:
      topic: greetings
      data: Hello, \${{ input.who }}!
edges:
  - from: wait
    to: greet
`;
